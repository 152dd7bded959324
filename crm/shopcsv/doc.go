// Package shopcsv reads and writes the CSV files that shop platforms export.
package shopcsv
