"""Long trials that try to break the site on this machine; `make hammer` runs them all and says what broke."""
