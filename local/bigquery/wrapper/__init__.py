"""Starting, stopping and hooking the emulator: everything that is not the patch of one fault."""
