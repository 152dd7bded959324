package crm

import (
	"iter"
	"runtime"
)

// ahead yields the records of a sequence in batches, and draws the next batch
// on a goroutine of its own while the loop body works on the one before. The
// goroutine has ended when the loop has. What the sequence does by panic or
// runtime.Goexit happens to the caller.
func ahead(records iter.Seq2[Record, error]) iter.Seq2[[]Record, error] {
	return func(yield func([]Record, error) bool) {
		d := draw{parcels: make(chan parcel), stop: make(chan struct{}), done: make(chan struct{})}
		go d.run(records)
		func() {
			defer func() {
				close(d.stop)
				<-d.done
			}()
			for p := range d.parcels {
				if !yield(p.batch, p.err) {
					return
				}
			}
		}()
		switch {
		case d.returned:
		case d.panicked != nil:
			panic(d.panicked)
		default:
			runtime.Goexit()
		}
	}
}

// A parcel is a batch, or the error that ended the sequence.
type parcel struct {
	batch []Record
	err   error
}

// A draw is a sequence that is being drawn from. Returned and panicked are set
// when done is closed.
type draw struct {
	parcels    chan parcel
	stop, done chan struct{}
	returned   bool
	panicked   any
}

func (d *draw) run(records iter.Seq2[Record, error]) {
	defer close(d.done)
	defer close(d.parcels)
	defer func() {
		if !d.returned {
			d.panicked = recover()
		}
	}()
	var batch []Record
	size := 0
	send := func(p parcel) bool {
		select {
		case d.parcels <- p:
			return true
		case <-d.stop:
			return false
		}
	}
	for rec, err := range records {
		if err != nil {
			if len(batch) == 0 || send(parcel{batch: batch}) {
				send(parcel{err: err})
			}
			d.returned = true
			return
		}
		batch = append(batch, rec)
		if size += rec.size(); len(batch) == batchRecords || size > batchBytes {
			if !send(parcel{batch: batch}) {
				break
			}
			batch, size = nil, 0
		}
	}
	if len(batch) > 0 {
		send(parcel{batch: batch})
	}
	d.returned = true
}
