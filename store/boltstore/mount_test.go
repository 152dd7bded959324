//go:build !linux

package boltstore_test

import "errors"

func mountSmall(string) error { return errors.ErrUnsupported }

func unmount(string) {}
