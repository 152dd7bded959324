package duplicates

// Remembered returns how many records Similar keeps in memory.
func (f *Finder) Remembered() int { return len(f.memory.ids) }
