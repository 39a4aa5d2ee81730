package main

import (
	"context"
	"errors"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
)

// bench is one run of the program.
type bench struct {
	options
	scratch  string // a folder on the disk that is measured, removed at the end
	progress *progress
	found    results
	engine   engine

	temporary bool // whether dir goes too
}

func newBench(ctx context.Context, o options, progressTo io.Writer) (*bench, error) {
	b := &bench{options: o, progress: newProgress(progressTo)}
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "boternity-bench-")
		if err != nil {
			return nil, err
		}
		b.dir, b.temporary = dir, true
	}
	if err := os.MkdirAll(b.dir, 0o700); err != nil {
		return nil, err
	}
	var err error
	if b.scratch, err = os.MkdirTemp(b.dir, "scratch-"); err != nil {
		return nil, err
	}
	if b.engine, err = openEngine(ctx, b); err != nil {
		return nil, errors.Join(err, b.removeFiles())
	}
	return b, nil
}

func (b *bench) close() error {
	b.progress.done()
	return errors.Join(b.engine.close(), b.removeFiles())
}

func (b *bench) removeFiles() error {
	if b.temporary {
		return os.RemoveAll(b.dir)
	}
	return os.RemoveAll(b.scratch)
}

// newFolder is an empty folder for files that go when the run ends.
func (b *bench) newFolder(name string) (string, error) {
	return os.MkdirTemp(b.scratch, name+"-")
}

// compete runs a contest and keeps what it found.
func (b *bench) compete(ctx context.Context, c contest) error {
	found, err := c.run(ctx, b.progress)
	b.found.Series = append(b.found.Series, found...)
	return err
}

// startProfiles begins what the flags ask for; stop ends it and writes it.
func startProfiles(o options) (stop func() error, err error) {
	var processor *os.File
	if o.cpuProfile != "" {
		if processor, err = os.Create(o.cpuProfile); err != nil {
			return nil, err
		}
		if err := pprof.StartCPUProfile(processor); err != nil {
			return nil, errors.Join(err, processor.Close())
		}
	}
	return func() error {
		var errs []error
		if processor != nil {
			pprof.StopCPUProfile()
			errs = append(errs, processor.Close())
		}
		if o.memoryProfile != "" {
			runtime.GC() // what was freed last is in no profile before it
			file, err := os.Create(o.memoryProfile)
			if err == nil {
				err = errors.Join(pprof.Lookup("allocs").WriteTo(file, 0), file.Close())
			}
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}, nil
}
