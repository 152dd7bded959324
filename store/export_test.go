package store

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// SmallChunks lets Copy, Restore and Prepare write in small transactions, so
// that they need several for little data.
func SmallChunks(t *testing.T) {
	was, rows := fillBytes, backfillRows
	t.Cleanup(func() { fillBytes, backfillRows = was, rows })
	fillBytes, backfillRows = 200<<10, 50
}

// BackupFrames cuts a backup into its magic and its frames.
func BackupFrames(b []byte) [][]byte {
	frames := [][]byte{b[:len(backupMagic)]}
	for b = b[len(backupMagic):]; len(b) >= 8; {
		n := min(int(binary.LittleEndian.Uint32(b))+8, len(b))
		frames, b = append(frames, b[:n]), b[n:]
	}
	return frames
}

// NewerBackup returns the beginning of a backup in a format to come.
func NewerBackup() []byte {
	var b bytes.Buffer
	w := &blockWriter{w: &b}
	w.magic()
	w.frame(binary.LittleEndian.AppendUint32(w.start(), backupFormat+1))
	return b.Bytes()
}

// Block is a block of a backup.
type Block = block

// Place is where a follower stands in a backup.
type Place = place

// BackupOf returns a backup of these blocks, whatever they say.
func BackupOf(blocks ...Block) []byte {
	var b bytes.Buffer
	w := &blockWriter{w: &b}
	w.begin()
	for i := range blocks {
		w.frame(Encode(w.start(), &blocks[i], blockFields))
	}
	return b.Bytes()
}

// MendBackup makes a valid backup of what may be damaged: it takes data as the
// contents of frames and writes the lengths and checksums that fit.
func MendBackup(data []byte) []byte {
	var b bytes.Buffer
	w := &blockWriter{w: &b}
	w.begin()
	if len(data) < len(backupMagic) {
		return b.Bytes()
	}
	for _, f := range BackupFrames(data)[1:] {
		if len(f) >= 8 && len(f) != 12 { // not the format
			w.frame(append(w.start(), f[4:len(f)-4]...))
		}
	}
	return b.Bytes()
}
