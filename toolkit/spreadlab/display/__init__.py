"""How results look: numbers in words, HTML tables and static figures.

Takes plain numbers, strings and arrays, never a result, so that every domain can use it.
"""
