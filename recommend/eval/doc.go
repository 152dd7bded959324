// Package eval tells how good recommendations are before any customer sees
// them: it hides the last weeks of what customers took, asks for it, and
// compares. It knows nothing of books or stores, so that a shop can put
// anything to the test, ours and its own.
//
// # Smallest program
//
//	split := eval.Cut(rows, time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC), 30*24*time.Hour)
//	mine := train(split.Train) // the shop's own, an eval.Recommender
//	report, err := split.Task(eval.NextAny, 1).Run(ctx, []eval.System{{"mine", mine}}, nil)
//	if err != nil {
//		return err
//	}
//	fmt.Print(report)
//	fmt.Println(report.Difference("mine", eval.Own, eval.NDCG))
//
// # Concepts
//
// A [Row] says that a customer took a product. [Cut] divides rows in time:
// who learns from rows of both sides of a random line has seen the future.
// [Draw] is for rows without times only.
//
// A [Task] asks one [Kind] of question, and there are several because no
// recommender is good at all: what customers take next, of that what is new to
// them and what they take again, which product a cart lacks, what comes next
// in a session. Each [Case] is one question with the products that came true.
//
// A [Recommender] answers with a list. Every product of the catalog is a
// candidate: a target is never ranked among a hundred products drawn by lot,
// which flatters and can even turn the order of two systems round. Which
// products a question allows is told by [Query.Eligible]; the rest earns
// nothing.
//
// A [Report] has a [Line] for each system and for two baselines that are
// always there, [Popularity] and [Own]. Every [Metric] stands with an
// [Interval], and [Report.Difference] tells two systems apart case by case.
// [Report.Group] looks at some of the customers alone. Coverage and novelty
// tell what is left of the catalog when everybody gets the same.
//
// What cannot be asked is left out and counted: customers with nothing to be
// found, strangers, and products that nobody had sold before the cut unless
// [Split.Catalog] names them.
//
// What came of lists that customers saw is told by [Came], from a log of what was
// shown, chosen and ordered: for each place of a page, or each arm of an experiment,
// into which [Arm] divides customers, some of them into none.
//
// # Choosing
//
// Whoever tries settings on the test until one looks good has learned the test
// by heart. Choose by a cut within the training rows, and look at the test
// once:
//
//	inner := eval.Cut(split.Train, split.Cut.AddDate(0, 0, -30), 30*24*time.Hour)
//
// # Transactions
//
// There are none: slices in, numbers out.
//
// # Errors
//
// [Task.Run] returns [ErrInvalid] for options and systems that cannot be
// meant so, and the error of its context. A mean of no cases is NaN.
//
// # Concurrency
//
// Tasks and reports are safe for concurrent use. Run asks from as many
// goroutines as there are processors and waits for them.
//
// # Compatibility
//
// Equal rows, seeds and recommenders give equal reports, on every machine.
// That of a release may differ from that of the one before where a figure was
// found to be wrong; the change log says so.
package eval
