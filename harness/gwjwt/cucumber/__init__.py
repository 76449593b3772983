"""A report as Cucumber messages, so that the viewers and the services of that ecosystem show it."""
