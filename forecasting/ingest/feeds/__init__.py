"""What shop systems answer, as the rows that we load: one file per system, no network in it."""
