"""What the site's pages are compared with: Django with one trivial template, and a server that only hands out bytes."""
