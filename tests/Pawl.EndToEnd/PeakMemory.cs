using System.Diagnostics;
using System.Globalization;

namespace Pawl.EndToEnd;

/// <summary>The most memory that a process held at any moment, as Linux counts it (VmHWM).</summary>
internal static class PeakMemory
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Bytes up to now; 0 where the process is gone or the system does not tell.</summary>
    public static long Of(Process process)
    {
        try
        {
            // proc(5): "VmHWM:     62732 kB".
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(l => l.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.AsSpan(6, line.Length - 8), CultureInfo.InvariantCulture) * 1024;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Looks until the process ends. The peak only rises, so the last look has nearly seen it all.</summary>
    public static async Task<long> Watch(Process process)
    {
        var peak = 0L;
        while (Of(process) is > 0 and var now)
        {
            peak = now;
            await Task.Delay(LookInterval);
        }

        return peak;
    }
}
