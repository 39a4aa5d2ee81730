package forge_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/boternity/boternity/bot"
	"github.com/boternity/boternity/builder"
	"github.com/boternity/boternity/forge"
	"github.com/boternity/boternity/sqlite"
)

// A session is begun, answered once and left; later it is opened again, where
// it stopped, and finished.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "boternity")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	db, err := sqlite.Open(ctx, filepath.Join(dir, "builder.db"), sqlite.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	bots, err := bot.OpenFolder(filepath.Join(dir, "bots"))
	if err != nil {
		log.Fatal(err)
	}
	defer bots.Close()

	guide := forge.New(db.Owner(""), forge.Options{Bots: bots})
	turn, err := guide.Start(ctx, "A bot that reviews Go code")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(turn.Question.Text)
	turn, err = guide.Answer(ctx, turn.SessionID, turn.Revision,
		forge.Answer{Field: turn.Question.Field, Value: builder.Text("Gopher")})
	if err != nil {
		log.Fatal(err)
	}

	// The answer is on disk. From here on it could be another process.
	turn, err = guide.Open(ctx, turn.SessionID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(turn.Question.Text)
	if turn, err = guide.AnswerRest(ctx, turn.SessionID, turn.Revision); err != nil {
		log.Fatal(err)
	}
	if turn, err = guide.Finish(ctx, turn.SessionID, turn.Revision, true); err != nil {
		log.Fatal(err)
	}
	fmt.Println(turn.Bot.Slug)
	// Output:
	// What should your coding bot be called?
	// Which languages and tools does it work with, and what should it do there?
	// gopher
}
