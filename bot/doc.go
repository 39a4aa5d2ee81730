// Package bot writes and reads finished bots.
//
// A bot is a folder: SOUL.md says who it is, IDENTITY.md what it runs on,
// USER.md who it is for, skills.toml which skills it has, and
// skills/NAME/SKILL.md each of them, in the format of agentskills.io. [Render]
// makes those files from a [Spec] and touches nothing; a [Folder] is where bots
// live, and puts one there whole or not at all.
//
// Every answer stands exactly in the front matter of SOUL.md or IDENTITY.md,
// where [Folder.Read] finds it again. The prose below is for the bot and for
// people: their words are quoted in it, with spaces and full stops tidied, and
// never spliced into a sentence that they might not fit.
package bot
