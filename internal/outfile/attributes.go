package outfile

import (
	"bytes"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// canReplace reports whether a new file can replace an open file without loss. A replacement would
// lose hard links, special mode bits and attributes such as access control lists.
func canReplace(file *os.File, name string, info os.FileInfo) bool {
	target, err := os.Lstat(name)
	if err != nil || !os.SameFile(target, info) { // a link in /dev/fd may lead to a deleted file
		return false
	}
	status, ok := info.Sys().(*syscall.Stat_t)
	return ok && status.Nlink == 1 && info.Mode() == info.Mode().Perm() && !hasAttributes(file)
}

// hasAttributes reports whether a file has, or may have, extended attributes. It ignores SELinux
// labels, because a new file inherits its label from the folder.
func hasAttributes(file *os.File) bool {
	size, err := unix.Flistxattr(int(file.Fd()), nil)
	if err != nil {
		return err != unix.ENOTSUP
	}
	names := make([]byte, size)
	size, err = unix.Flistxattr(int(file.Fd()), names)
	return err != nil || slices.ContainsFunc(bytes.Split(names[:size], []byte{0}), func(name []byte) bool {
		return len(name) > 0 && string(name) != "security.selinux"
	})
}

// copyOwnerAndMode gives a file the owner and mode in oldInfo.
func copyOwnerAndMode(file *os.File, oldInfo os.FileInfo) error {
	status, ok := oldInfo.Sys().(*syscall.Stat_t)
	if !ok {
		return os.ErrInvalid
	}
	if err := file.Chown(int(status.Uid), int(status.Gid)); err != nil {
		return err
	}
	return file.Chmod(oldInfo.Mode().Perm())
}
