//go:build !race

package main

// pictures is how many pages TestPicture takes pictures of: all.
const pictures = 1 << 10
