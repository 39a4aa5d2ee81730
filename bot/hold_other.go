//go:build !unix || aix || solaris

package bot

// lockDir leaves it to the Folder's own lock: there is no lock on a folder that
// other programs would see.
func (f *Folder) lockDir() (unlock func(), held bool, err error) { return func() {}, true, nil }
