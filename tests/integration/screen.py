# SPDX-License-Identifier: Apache-2.0
"""What a terminal shows of what is written to it; more than a display needs is an error."""

import re

COMMAND = re.compile(r"\x1b\[(\d*)([A-Za-z])")


class Screen:
    """Lines from the first that was written; those above the last `rows` have scrolled away."""

    def __init__(self, rows=33, columns=121):
        self.rows, self.columns = rows, columns
        self.lines, self.row, self.column = [""], 0, 0
        self.colours = set()
        self.rest = b""

    def feed(self, data):
        data = self.rest + data
        whole = re.match(rb"(?s)(.*?)((?:[\xc0-\xff][\x80-\xbf]{0,2}|\x1b(?:\[\d*)?)?)\Z", data)
        text, self.rest = whole[1].decode(), whole[2]
        while text:
            command = COMMAND.match(text)
            if command:
                self.act(command[2], command[1])
                text = text[command.end() :]
            else:
                self.put(text[0])
                text = text[1:]

    def act(self, letter, number):
        if letter == "A":
            self.row -= int(number)
            assert self.row >= max(0, len(self.lines) - self.rows), "above what is on the screen"
        elif letter == "K":
            assert number == "2"
            self.lines[self.row] = ""
        elif letter == "J":
            assert number == ""
            self.lines[self.row] = self.lines[self.row][: self.column]
            del self.lines[self.row + 1 :]
        else:
            assert letter == "m", f"unknown: {letter}"
            self.colours.add(number)

    def put(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n" or self.column == self.columns:
            self.row += 1
            self.column = self.column if character == "\n" else 0
            self.lines += [""] * (self.row + 1 - len(self.lines))
        if character not in "\r\n":
            assert character.isprintable(), repr(character)
            line = self.lines[self.row].ljust(self.column)
            self.lines[self.row] = line[: self.column] + character + line[self.column + 1 :]
            self.column += 1

    def find(self, pattern):
        """The first line that has it, or nothing."""
        return next((line for line in self.lines if re.search(pattern, line)), None)

    @property
    def text(self):
        return "\n".join(self.lines)
