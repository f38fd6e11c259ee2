// A library for LD_PRELOAD that ends a process by SIGKILL right before one of its write-side system calls, or has that
// call fail.
//
// HARDTACK_KILL_AT=N     the N-th such call, counted from 1 over all threads, isn't made; of a write, half is.
// HARDTACK_FAIL_AT=N     the same call fails instead, which standard error is told,
// HARDTACK_FAIL_WITH=E   with this error number.
//
// Write-side are the calls that change a file system: write and its kin on ordinary files, opening to create or
// truncate, rename, link, unlink, mkdir, rmdir, ftruncate, fchmod, fsync and its kin, and the setting of extended
// attributes. Programs that the process starts are left alone.
#pragma once
