package rfm

// Ten returns the usual ten groups, on recency against the mean of frequency
// and money. Each of the 125 combinations is in exactly one:
//
//	    FM  1            2           3            4            5
//	R 5     new          potential_loyalist       champions
//	R 4     promising    potential_loyalist       loyal
//	R 3     about_to_sleep           need_attention  loyal
//	R 1-2   hibernating              at_risk                   cant_lose
//
// The names are those that Putler and the R package rfm made usual. Their
// bounds overlap and leave gaps; these are the ones that are drawn as a grid.
// Of two to four bins, the groups between them have nobody: with four there is
// no middle of recency, and so neither need_attention nor about_to_sleep.
func Ten() Map {
	return Map{Groups: []Group{
		{Name: "champions", Title: "Champions", R: Range{5, 5}, FM: Range{4, 5}},
		{Name: "loyal", Title: "Loyal", R: Range{3, 4}, FM: Range{4, 5}},
		{Name: "potential_loyalist", Title: "Potential Loyalist", R: Range{4, 5}, FM: Range{2, 3}},
		{Name: "new", Title: "New", R: Range{5, 5}, FM: Range{1, 1}},
		{Name: "promising", Title: "Promising", R: Range{4, 4}, FM: Range{1, 1}},
		{Name: "need_attention", Title: "Need Attention", R: Range{3, 3}, FM: Range{3, 3}},
		{Name: "about_to_sleep", Title: "About To Sleep", R: Range{3, 3}, FM: Range{1, 2}},
		{Name: "at_risk", Title: "At Risk", R: Range{1, 2}, FM: Range{3, 4}},
		{Name: "cant_lose", Title: "Can't Lose Them", R: Range{1, 2}, FM: Range{5, 5}},
		{Name: "hibernating", Title: "Hibernating", R: Range{1, 2}, FM: Range{1, 2}},
	}}
}

// Shopify returns the groups of Shopify, by the names that rfm_group has in its
// segment queries, PROSPECTS included for who has not bought. Shopify documents
// in words what each group is, and that it goes by recency and the mean of
// frequency and money; the bounds are those of [Ten], which agree with that.
func Shopify() Map {
	names := [...][2]string{
		{"CHAMPIONS", "Champions"}, {"LOYAL", "Loyal"}, {"ACTIVE", "Active"}, {"NEW", "New"},
		{"PROMISING", "Promising"}, {"NEEDS_ATTENTION", "Needs attention"}, {"ALMOST_LOST", "Almost lost"},
		{"AT_RISK", "At risk"}, {"PREVIOUSLY_LOYAL", "Previously loyal"}, {"DORMANT", "Dormant"},
	}
	m := Ten()
	for i, n := range names {
		m.Groups[i].Name, m.Groups[i].Title = n[0], n[1]
	}
	m.None = "PROSPECTS"
	return m
}
