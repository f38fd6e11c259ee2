// For LD_PRELOAD: the clock of the day jumps by the seconds that stand in the file CLOCK_JUMP names, as soon as there are any.
// Clocks that count from the start of the machine go on evenly, as they do when an administrator or a time server sets the clock.
