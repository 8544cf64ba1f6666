"""What models are made of: a function each that builds one."""
