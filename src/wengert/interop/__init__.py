"""Other libraries' files and objects. ``wengert.interop.safetensors`` is imported by itself."""
