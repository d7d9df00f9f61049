"""What operators see of the running site: metrics, logs with request ids, slow queries. docs/operations.md explains them."""
