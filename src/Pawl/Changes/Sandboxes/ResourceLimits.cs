using System.Globalization;

namespace Pawl.Changes.Sandboxes;

/// <summary>The limits that Pawl itself runs under: only root may pass on more than it has.</summary>
internal static class ResourceLimits
{
    /// <summary>The wanted value, or the hard limit of this process where that is lower.</summary>
    public static long AtMost(string name, long wanted)
    {
        if (!File.Exists("/proc/self/limits")) return wanted;
        // Name, soft and hard limit, unit: in columns of fixed width.
        var line = File.ReadLines("/proc/self/limits").FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal));
        var fields = line?[name.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries) ?? [];
        return fields.Length > 1 && long.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out var hard) ? Math.Min(hard, wanted) : wanted;
    }
}
