"""Starting, stopping and hooking the emulator: everything that is not the mend of one fault."""
