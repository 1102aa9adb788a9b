using System.Runtime.InteropServices;

namespace Pawl.Cli.Runs;

/// <summary>Whether anybody still reads standard output, told without writing to it.</summary>
internal static class OutputPipe
{
    private const int StandardOutput = 1;
    private const short Gone = 0x08 | 0x10 | 0x20; // POLLERR, POLLHUP, POLLNVAL of poll(2): reported whether asked for or not

    /// <summary>Whether the reader is gone. On Windows only a write tells, so it is never known there.</summary>
    public static bool IsAbandoned()
    {
        if (OperatingSystem.IsWindows()) return false;
        var output = new PollDescriptor { File = StandardOutput };
        return Poll(ref output, 1, timeoutMilliseconds: 0) > 0 && (output.Happened & Gone) != 0;
    }

    [DllImport("libc", EntryPoint = "poll")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    private static extern int Poll(ref PollDescriptor descriptors, nuint count, int timeoutMilliseconds);

    [StructLayout(LayoutKind.Sequential)]
    private struct PollDescriptor
    {
        public int File;
        public short Wanted;
        public short Happened;
    }
}
