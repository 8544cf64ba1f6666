print("satchel-swift")
