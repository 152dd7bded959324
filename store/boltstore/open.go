package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/seed-9cb3708a/clientele/store"
)

// Options changes what Open does. The zero value is a good default.
type Options struct {
	// Timeout is how long to wait while another Store, in this process or
	// another, has the file open. The default is one second; a negative
	// Timeout means not to wait.
	Timeout time.Duration

	// Logger is told about damage, and about compactions. The default is to
	// discard.
	Logger *slog.Logger
}

// format is the version of what is written to the file. The record that tells
// it keeps its place and form in all versions.
const format = 1

// Open opens the store in a file, which it creates if there is none; opts may
// be nil. Its error wraps [store.ErrLocked] when the file is in use,
// [store.ErrCorrupt] when it is damaged, [store.ErrNewer] when a newer release
// has written it, and [store.ErrInvalid] when it is not a store; the file is
// not touched then.
func Open(path string, opts *Options) (*Store, error) {
	if opts == nil {
		opts = new(Options)
	}
	s, err := open(path, opts)
	if err != nil {
		return nil, fmt.Errorf("boltstore: open %s: %w", path, err)
	}
	return s, nil
}

func open(path string, opts *Options) (*Store, error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	s := &Store{log: opts.Logger, closing: make(chan struct{}), compacting: make(chan struct{}, 1)}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	timeout := opts.Timeout
	if timeout == 0 {
		timeout = time.Second
	}
	deadline := time.Now().Add(timeout)
	for range 10 {
		real, err := resolve(path)
		if err != nil {
			return nil, err
		}
		s.path = real
		err = s.openFile(deadline)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			if err := create(real); err != nil && !errors.Is(err, fs.ErrExist) {
				return nil, err
			}
		case err == errMoved:
		default:
			return s, err
		}
	}
	return nil, errMoved
}

// errMoved reports that a file was replaced while it was being opened.
var errMoved = errors.New("file is being replaced")

// resolve follows symbolic links, so that Compact replaces a file and not a
// link to it.
func resolve(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		real, err = path, nil
	}
	if err != nil {
		return "", err
	}
	return filepath.Abs(real)
}

// openFile opens a file that exists. Until it is known to be a store of ours,
// it is only read.
func (s *Store) openFile(deadline time.Time) error {
	lost, err := inspect(s.path)
	if err != nil {
		return err
	}
	probe, err := openBolt(s.path, time.Until(deadline), func(opts *bolt.Options) { opts.ReadOnly = true })
	if err != nil {
		return err
	}
	err = s.load(probe)
	if e := probe.close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	f, err := openBolt(s.path, time.Until(deadline), func(opts *bolt.Options) {
		opts.InitialMmapSize = reserve(fileSize(s.path))
		opts.OpenFile = existing(opts.OpenFile)
	})
	if err != nil {
		return err
	}
	if err := errors.Join(s.load(f), same(f.handle, s.path)); err != nil {
		f.close()
		if errors.Is(err, errMoved) {
			return errMoved
		}
		return err
	}
	os.Remove(s.path + compactSuffix) // of a compaction that was cut off
	if lost != nil {
		s.log.Warn("one of two meta pages is damaged, the last commit may be lost", "path", s.path, "error", lost)
	}
	s.file = f
	return nil
}

// existing takes the O_CREATE out of how bolt opens files.
func existing(open func(string, int, os.FileMode) (*os.File, error)) func(string, int, os.FileMode) (*os.File, error) {
	return func(path string, flag int, mode os.FileMode) (*os.File, error) {
		return open(path, flag&^os.O_CREATE, mode)
	}
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// same returns errMoved unless a handle is of the file at a path.
func same(handle *os.File, path string) error {
	a, err := handle.Stat()
	if err != nil {
		return err
	}
	b, err := os.Stat(path)
	if err != nil || !os.SameFile(a, b) {
		return errMoved
	}
	return nil
}

// load reads what the store must know, and checks it.
func (s *Store) load(f *file) (err error) {
	defer guard(&err)
	tx, err := f.begin(false)
	if err != nil {
		return err
	}
	defer f.rollback(tx)
	meta := tx.Bucket(metaBucket)
	if meta == nil && tx.Bucket(feedBucket) != nil {
		return fmt.Errorf("no meta data: %w", store.ErrCorrupt)
	}
	if meta == nil {
		return errForeign
	}
	record := meta.Get(formatKey)
	if record == nil {
		return errForeign
	}
	v, err := unseal(meta, formatKey, record)
	if err != nil {
		return err
	}
	if len(v) != 1 || v[0] == 0 {
		return errForeign
	}
	if v[0] > format {
		return fmt.Errorf("file has format %d, this release knows %d: %w", v[0], format, store.ErrNewer)
	}
	snap := &snapshot{tx: tx}
	if err := snap.checkTables(); err != nil {
		return err
	}
	if s.epoch, err = snap.number(epochKey); err != nil {
		return err
	}
	trimmed, err := snap.trimmed()
	if err != nil {
		return err
	}
	head, err := snap.head()
	if err != nil {
		return err
	}
	last := trimmed
	if k, _ := tx.Bucket(feedBucket).Cursor().Last(); k != nil {
		if len(k) != 8 {
			return disorder(tx.Bucket(feedBucket))
		}
		last = entryNumber(k)
	}
	if last != head {
		return fmt.Errorf("feed ends at %d, want %d: %w", last, head, store.ErrCorrupt)
	}
	s.head.Store(head)
	return nil
}

// create makes an empty store at path, complete and on disk before it has that
// name. It fails with fs.ErrExist when there is something already.
func create(path string) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.tmp") // mode 0600
	if err != nil {
		return err
	}
	name := tmp.Name()
	defer os.Remove(name)
	if err := tmp.Close(); err != nil {
		return err
	}
	f, err := openBolt(name, time.Second, func(*bolt.Options) {})
	if err != nil {
		return err
	}
	err = errors.Join(f.db.Update(func(tx *bolt.Tx) error { return initialize(tx, epoch()) }), f.handle.Sync(), f.close())
	if err != nil {
		return err
	}
	if err := place(name, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// initialize writes what every store has.
func initialize(tx *bolt.Tx, epoch uint64) error {
	if _, err := tx.CreateBucket(feedBucket); err != nil {
		return err
	}
	meta, err := tx.CreateBucket(metaBucket)
	if err != nil {
		return err
	}
	return errors.Join(
		meta.Put(formatKey, seal(nil, formatKey, []byte{format})),
		setNumber(meta, epochKey, epoch),
		setNumber(meta, trimmedKey, 0),
		(&snapshot{tx: tx}).writeTables(),
	)
}

// epoch draws a number that is not zero.
func epoch() uint64 {
	for {
		if n := rand.Uint64(); n != 0 {
			return n
		}
	}
}

// place gives a file its final name, and never replaces another: where the file
// system has no links, there may be a moment in which it does.
func place(name, path string) error {
	err := os.Link(name, path)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fs.ErrExist
	}
	return os.Rename(name, path)
}

// syncDir writes the names in a directory to the disk.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" { // cannot
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return nil
}
