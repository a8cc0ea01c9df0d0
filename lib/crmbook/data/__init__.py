"""Customers' data: what a table holds, how a file is read, and the one table of customers that the methods use."""
