"""A paper book: orders, fills and profit as a list of events that nothing can lose or double."""
