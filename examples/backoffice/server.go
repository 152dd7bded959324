package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/seed-9cb3708a/clientele/crm"
	"github.com/seed-9cb3708a/clientele/store"
	"github.com/seed-9cb3708a/clientele/store/boltstore"
	"github.com/seed-9cb3708a/clientele/store/memstore"
)

// settings are what the flags say.
type settings struct {
	addr, db  string
	namespace string
	insecure  bool
	hosts     []string
	started   func(url string) // called once, when pages are served
}

// run serves the pages until ctx ends, and lets requests that are under way end
// well.
func run(ctx context.Context, s settings) error {
	listener, err := s.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	book, shut, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer shut()
	o, err := newOffice(book, &officeOptions{hosts: s.hosts, anyAddress: s.insecure, logger: logger()})
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           o,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       15 * time.Second,
		WriteTimeout:      time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
	}

	// What works in the background ends with ctx, and before the store closes.
	ctx, stop := context.WithCancel(ctx)
	var loops sync.WaitGroup
	defer loops.Wait()
	defer stop()
	loops.Go(func() {
		if err := o.Run(ctx); ctx.Err() == nil {
			log.Print("backoffice: in the background: ", err)
		}
	})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	s.started("http://" + listener.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(late); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// listen opens the address, if only this machine can reach it.
func (s *settings) listen(ctx context.Context) (net.Listener, error) {
	addr, err := net.ResolveTCPAddr("tcp", s.addr)
	if err != nil {
		return nil, fmt.Errorf("-addr: %w", err)
	}
	if !s.insecure && !addr.IP.IsLoopback() {
		return nil, fmt.Errorf("-addr %s: others could reach that, and there is no login: use 127.0.0.1, put a proxy with a login before it, or add -insecure-listen", s.addr)
	}
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", addr.String())
}

// open opens the book in the file, or makes one up.
func (s *settings) open(ctx context.Context) (book *crm.Book, shut func() error, err error) {
	if s.db == "" {
		st := memstore.New(nil)
		if book, err = demo(ctx, st, demoCustomers, time.Local); err != nil {
			return nil, nil, errors.Join(err, st.Close())
		}
		return book, st.Close, nil
	}
	if _, err := os.Stat(s.db); err != nil { // as Open makes what is not there
		return nil, nil, err
	}
	st, err := boltstore.Open(s.db, nil)
	if errors.Is(err, store.ErrLocked) {
		return nil, nil, fmt.Errorf("%w: a shop that runs keeps its file to itself; show a copy of it, such as one that store.Backup and store.Restore make", err)
	} else if err != nil {
		return nil, nil, err
	}
	if err := s.holds(ctx, st); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	if book, err = crm.New(st, &crm.Options{Namespace: s.namespace, Logger: logger()}); err != nil {
		return nil, nil, errors.Join(err, st.Close())
	}
	return book, st.Close, nil
}

// holds returns an error when no book of the namespace is in the store: New
// would make one.
func (s *settings) holds(ctx context.Context, st store.Store) error {
	return st.View(ctx, func(_ context.Context, r store.Reader) error {
		names, err := store.Namespaces(r)
		if err != nil {
			return err
		}
		tables, err := store.Tables(r)
		if err != nil {
			return err
		}
		var books []string
		for _, t := range tables {
			if t.Space >= uint64(len(names)) {
				continue
			}
			if name := names[t.Space]; !slices.Contains(books, name) {
				books = append(books, name)
			}
		}
		if !slices.Contains(books, s.namespace) {
			return fmt.Errorf("no book of -namespace %q is in %s: it has %q", s.namespace, s.db, books)
		}
		return nil
	})
}

// logger tells on the terminal what goes wrong in the background. It gets no
// personal data.
func logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
}
