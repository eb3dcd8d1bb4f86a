"""A table of three rows that is described byte by byte, as CDS does it."""

from __future__ import annotations

DESCRIPTION = """J/A+A/1/1     A test     (Foo+, 2020)
Byte-by-byte Description of file: table1.dat
--------------------------------------------------------------------------------
   Bytes Format Units    Label     Explanations
--------------------------------------------------------------------------------
   1-  4  A4    ---      Name      Name of the star
   6-  7  I2    h        RAh       Right ascension (J2000)
   9- 10  I2    min      RAm       Right ascension (J2000)
      12  A1    ---      DE-       Sign
  13- 14  I2    deg      DEd       Degree of Declination (J2000)
  16- 17  I2    arcmin   DEm       Arcminute of Declination (J2000)
  19- 23  F5.2  mag      Vmag      ? Johnson V magnitude (1)
  25- 30  F6.2  [cm/s2]  logg      [0/5]?=-99.00 Surface gravity, which
                                     goes on
--------------------------------------------------------------------------------
"""
ROWS = "HD 1 01 02 -00 30 12.34   4.50\nHD 2 11 12 +10 30       -99.00\nHD 3 21 02 -20 30 11.00   4.25\n"
