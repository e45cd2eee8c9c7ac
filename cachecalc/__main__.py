"""`python -m cachecalc`."""

from cachecalc.cli.app import main

main()
