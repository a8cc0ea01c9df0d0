"""Runs and reports: notebooks executed with parameters, pages that open without a network, tables beside them."""
