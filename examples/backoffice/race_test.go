//go:build race

package main

// pictures is how many pages TestPicture takes pictures of under the race
// detector, which does not look into browsers.
const pictures = 2
