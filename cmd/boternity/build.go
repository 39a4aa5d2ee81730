package main

import (
	"context"
	"errors"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
)

// buildOptions are the flags that build and resume share, and what is to be
// built.
type buildOptions struct {
	answers string // file of answers; "-" is standard input
	yes     bool
	dryRun  bool
	bots    string
	plain   bool

	description string
	from        string // folder of a bot that is to be changed
	slug        string // name of that folder
	resume      string // id of the draft to go on with, or its beginning
	last        bool   // go on with the newest draft
	pick        bool   // go on with the newest draft, or ask which of several
}

func (o *buildOptions) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	flags.StringVar(&o.answers, "answers", "", "take the answers from a JSON file (- for standard input) instead of asking")
	flags.BoolVar(&o.yes, "yes", false, "take the suggestion or default for whatever is not answered, and finish")
	flags.BoolVar(&o.dryRun, "dry-run", false, "print the bot's files and store nothing")
	flags.StringVar(&o.bots, "bots", "", "the folder that bots go to (default bots in the data folder)")
	flags.BoolVar(&o.plain, "plain", false, "ask in numbered plain text, line by line")
}

func (a *app) buildCommand() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "build [DESCRIPTION]",
		Short: "Build a bot in a guided session",
		Long: `Build asks what the bot needs to be finished, shows the whole bot, and writes it
after an explicit yes. Without DESCRIPTION it first asks what the bot should do.

Every answer is saved before the next question comes. Ctrl-C, the end of input
or q stop with the draft saved and exit code 3; "boternity resume" goes on. What
was half typed then is shown again with its question; a line of + takes it.

With --answers nothing is asked. The file holds one JSON object, field to value:
name, purpose, tone, boundaries, model, description and category are texts;
traits, skills and tags are arrays of texts; temperature and max_tokens are
numbers. A file with an unknown field or a value that does not fit is refused
whole. Without --yes the session then stops as a draft.

With --from an existing bot is changed, one of Boternity's too. Every value of
its files is taken over, so that only what is missing or out of date is asked.
What you have written into the files stays; the old folder is kept beside the
new one under a hidden name.`,
		Example: `  boternity build
  boternity build "a bot that reviews Go code"
  boternity build "a bot that reviews Go code" --answers answers.json --yes
  boternity build "a bot that reviews Go code" --yes --dry-run
  boternity build --from ~/.boternity/bots/gopher
  boternity build --from ./gopher --answers changes.json --yes
  boternity build --resume 0190a1b2`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			named := cmd.Flags().Changed("resume")
			resuming := named || o.last
			from := cmd.Flags().Changed("from")
			switch {
			case from && o.from == "":
				return misused(cmd, errors.New("--from needs the folder of a bot"))
			case from && (resuming || len(args) == 1):
				return misused(cmd, errors.New("--from takes the description from the bot; it excludes a description, --resume and --last"))
			case from && o.bots != "":
				return misused(cmd, errors.New("--from changes a bot where it is; it excludes --bots"))
			case named && o.resume == "":
				return misused(cmd, errors.New("--resume needs an id"))
			case named && o.last:
				return misused(cmd, errors.New("--resume and --last exclude each other"))
			case resuming && len(args) == 1:
				return misused(cmd, errors.New("a description begins a new session; leave it out to go on with one"))
			case !resuming && !from && len(args) == 0 && o.answers != "":
				return misused(cmd, errors.New("--answers needs a description, or --from BOT_DIR, --resume ID or --last"))
			case len(args) == 1:
				o.description = args[0]
				if err := builder.CheckDescription(o.description); err != nil {
					return err
				}
			}
			return a.build(cmd.Context(), o)
		},
	}
	o.flags(cmd)
	cmd.Flags().StringVar(&o.from, "from", "", "change the bot in this folder")
	cmd.Flags().StringVar(&o.resume, "resume", "", "go on with a draft: its id, or the beginning of it")
	cmd.Flags().BoolVar(&o.last, "last", false, "go on with the newest draft")
	return cmd
}

func (a *app) resumeCommand() *cobra.Command {
	var o buildOptions
	cmd := &cobra.Command{
		Use:   "resume [ID]",
		Short: "Go on with an interrupted session",
		Long: `Resume goes on with a draft where it stopped. Without ID it takes the only draft
there is, and asks which one when there are several; --last takes the newest.

The other flags are those of build. With --answers, where nothing can be asked,
it needs an ID or --last when there are several drafts.`,
		Example: `  boternity resume
  boternity resume --last
  boternity resume 0190a1b2
  boternity resume 0190a1b2 --yes`,
		Args: takes(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) == 1 && o.last:
				return misused(cmd, errors.New("an id and --last exclude each other"))
			case len(args) == 0:
				o.pick = !o.last
			case args[0] == "":
				return misused(cmd, errors.New("the id is empty"))
			default:
				o.resume = args[0]
			}
			return a.build(cmd.Context(), o)
		},
	}
	o.flags(cmd)
	cmd.Flags().BoolVar(&o.last, "last", false, "go on with the newest draft")
	return cmd
}

// build runs a session, from its description or from where it stopped, until
// it is finished or the person stops.
func (a *app) build(ctx context.Context, o buildOptions) error {
	ended, release := watchSignals()
	defer release()
	b := &build{app: a, buildOptions: o, ended: ended, attended: isTerminal(a.stdin)}
	b.wide = a.fullScreen() && !o.plain && !o.yes && !o.dryRun && o.answers == ""
	if !b.wide {
		b.input = newInput(a.stdin, ended)
		var giveUp context.CancelFunc
		ctx, giveUp = context.WithCancel(ctx)
		defer b.tellWaiting(giveUp)()
	}
	if err := b.readAnswers(); err != nil {
		return err
	}
	if err := b.locate(); err != nil {
		return err
	}
	if o.dryRun {
		return hurried(b.rehearse(ctx))
	}
	what := toFill
	if b.resuming() {
		what = toUse
	}
	return hurried(a.withGuide(ctx, what, b.bots, func(g *forge.Guide, store builder.Store) error {
		b.guide, b.store = g, store
		if b.wide {
			return b.conclude(b.runWizard(ctx))
		}
		turn, err := b.begin(ctx)
		if err != nil {
			return err
		}
		return b.conclude(b.lead(ctx, turn))
	}))
}

// build is one run of build or resume.
type build struct {
	*app
	buildOptions
	ended    <-chan struct{}
	input    *input
	attended bool    // a person sits at the terminal
	wide     bool    // the questions have the whole terminal
	given    answers // of --answers; nil where questions are asked
	guide    *forge.Guide
	store    builder.Store
	silent   bool // standard error is gone: nobody sees the questions
}

// begin opens the session to go on with, or starts one.
func (b *build) begin(ctx context.Context) (forge.Turn, error) {
	if err := b.given.check(b.guide); err != nil {
		return forge.Turn{}, b.ofAnswers(err)
	}
	if b.resuming() {
		id, err := b.session(ctx)
		if err != nil {
			return forge.Turn{}, err
		}
		turn, err := b.guide.Open(ctx, id)
		if err == nil && turn.Kind == forge.ViewOnly {
			turn, err = b.reopen(ctx, turn)
		}
		if err == nil && going(turn) {
			b.tellWhereItStands(turn)
		}
		return turn, err
	}
	if b.from != "" {
		return b.reconfigure(ctx)
	}
	description, err := b.describe()
	if err != nil {
		return forge.Turn{}, err
	}
	turn, err := b.patiently(func() (forge.Turn, error) { return b.guide.Start(ctx, description) })
	if err != nil {
		return forge.Turn{}, err
	}
	if b.dryRun {
		b.tell("A dry run: nothing is stored.")
	} else {
		b.tell("Session %s begun (%s), saved (revision %d)", turn.SessionID, plain(turn.Category.String()), turn.Revision)
	}
	return turn, nil
}

func (b *build) resuming() bool { return b.resume != "" || b.last || b.pick }

// session is the draft to go on with.
func (b *build) session(ctx context.Context) (uuid.UUID, error) {
	if b.resume == "" {
		return b.chooseDraft(ctx)
	}
	id, err := b.resolveDraft(ctx, b.store, b.resume)
	if errors.Is(err, builder.ErrNotFound) {
		// The beginning of a finished session's id still tells which bot it made.
		if finished, entryErr := b.resolveEntry(ctx, b.store, b.resume); entryErr == nil {
			return finished, nil
		}
	}
	return id, err
}

// conclude tells how a session was left.
func (b *build) conclude(turn forge.Turn, err error) error {
	switch {
	case errors.Is(err, errEnded) && turn.SessionID == uuid.Nil:
		return errNothingStarted
	case turn.Kind == forge.ViewOnly && (err == nil || errors.Is(err, errEnded)):
		return &viewOnlyError{turn.SessionID, turn.Reason}
	case errors.Is(err, errEnded):
		if err != errEnded && err != errQuit { //nolint:errorlint // wrapped in it is why reading failed
			b.complain(err)
		}
		return b.stopped(turn)
	case err != nil:
		b.tellHowToGoOn(turn)
		return err
	}
	return b.finished(turn)
}

// lead goes on with a session until it is finished, cannot be gone on with, or
// stops, which is errEnded. The turn is where the session stands, in every
// case.
func (b *build) lead(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	var err error
	if b.given != nil && going(turn) {
		if turn, err = b.apply(ctx, turn); err != nil {
			return turn, err
		}
	}
	if b.yes && going(turn) {
		return b.finishNow(ctx, turn)
	}
	if b.given != nil && going(turn) {
		return turn, errEnded
	}
	return b.converse(ctx, turn)
}

func going(turn forge.Turn) bool { return turn.Kind == forge.Ask || turn.Kind == forge.Ready }

// finishNow answers what is open with suggestions and defaults, and finishes.
func (b *build) finishNow(ctx context.Context, turn forge.Turn) (forge.Turn, error) {
	if isClosed(b.ended) {
		return turn, errEnded
	}
	if b.given == nil { // or else apply has told them
		b.tellNotices(turn)
	}
	if err := b.tellUnused(ctx, turn.SessionID); err != nil {
		return turn, err
	}
	if turn.Kind == forge.Ask {
		next, err := b.patiently(func() (forge.Turn, error) { return b.guide.AnswerRest(ctx, turn.SessionID, turn.Revision) })
		if err != nil {
			return turn, err
		}
		turn = next
		if !going(turn) {
			b.tellUnsaved(turn)
			return turn, nil
		}
		b.tellNotices(turn)
		b.tell("The rest is as suggested or by default, saved (revision %d)", turn.Revision)
	}
	if isClosed(b.ended) {
		return turn, errEnded
	}
	next, err := b.patiently(func() (forge.Turn, error) { return b.guide.Finish(ctx, turn.SessionID, turn.Revision, true) })
	if err != nil {
		turn.Revision = max(turn.Revision, next.Revision)
		return turn, err
	}
	if going(next) { // the bot that it changes has changed meanwhile
		b.tellNotices(next)
		return next, errEnded
	}
	return next, nil
}
