// Package linkage finds records that are of one person by probability, from
// nothing but the records. Slices go in, pairs and groups come out; it knows no
// store and no customer.
//
// # The model
//
// Two records are compared field by field, each with a few levels of agreement
// (Fellegi and Sunter, A Theory for Record Linkage, JASA 1969; Winkler, String
// Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of
// Record Linkage, 1990). A pair is of one of three classes: of one person (m),
// of two who belong together, such as a household or colleagues (h), or of two
// who have nothing to do with each other (u). The third class is what keeps the
// same family name, address and telephone of a couple from adding up to
// certainty, though the fields are taken to be independent within each class
// (Larsen and Rubin, Iterative Automated Record Linkage Using Mixture Models,
// JASA 2001).
//
// Nothing is learned from labels. u is counted over random pairs; agreement on a
// value weighs by how many records have that value (Winkler, Frequency-Based
// Matching in Fellegi-Sunter Model of Record Linkage, 1989). m, and of h what
// depends on the shop, come from EM (Dempster, Laird and Rubin, 1977) over pairs
// that agree on a blocking key, without the fields that the key is made of
// (Winkler 1988), with sound priors that count as much as a hundred pairs. How
// many pairs there are of each class is what all candidates together say. A
// field that one record lacks speaks neither for nor against.
//
// # Candidates and groups
//
// Records are compared that share one of a dozen blocking keys, or are close in
// one of two orders (Hernández and Stolfo, The Merge/Purge Problem, 1995). Keys
// that too many share are left out: how many that is, is measured for each pass
// so that the pairs stay in proportion to the records. Groups are agglomerated
// by average linkage of the log odds, and hold two records that contradict each
// other only when there is no third. A pair that is likely by itself is offered
// though the groups of the two do not go together, but it is never sure, and of no
// record more than the ten best are.
package linkage
