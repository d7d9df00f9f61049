"""Everything around the site on a machine of its own: nginx, systemd, PostgreSQL with a replica. See docs/deploy.md."""
