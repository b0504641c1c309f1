"""The report: from plain numbers and sounds to one page that is complete by itself.

Pure: nothing here opens a catalogue or a recording. Words that came from an archive are text
on the page, never markup, whatever they hold.
"""
