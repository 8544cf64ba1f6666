"""Networks: each module has a function that builds one."""
