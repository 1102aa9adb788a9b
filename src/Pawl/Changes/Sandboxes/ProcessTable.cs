using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Pawl.Changes.Sandboxes;

/// <summary>One process as <c>/proc/N/stat</c> tells it. The start time tells it from a later one with the same id.</summary>
internal readonly record struct ProcessEntry(int Id, char State, int Parent, int Session, ulong StartTime)
{
    /// <summary>Whether it still runs: a zombie only waits for its parent to ask.</summary>
    public bool IsAlive => State is not ('Z' or 'X');
}

/// <summary>The processes of this machine, read from /proc; empty where there is none.</summary>
internal static class ProcessTable
{
    private const int KillSignal = 9;

    // The parent of all the kernel's threads.
    private const int KernelThreads = 2;

    /// <summary>All processes.</summary>
    public static List<ProcessEntry> Read()
    {
        var entries = new List<ProcessEntry>();
        if (!OperatingSystem.IsLinux()) return entries;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out var id) && Find(id) is { } entry) entries.Add(entry);
        }

        return entries;
    }

    /// <summary>One process; null when it is gone.</summary>
    public static ProcessEntry? Find(int id)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/stat"));
            // The name stands in parentheses and may itself hold any character.
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessEntry(id, fields[0][0], Number(fields[1]), Number(fields[3]), ulong.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The given processes and all that descend from them.</summary>
    public static HashSet<ProcessEntry> Descendants(List<ProcessEntry> all, IEnumerable<ProcessEntry> roots)
    {
        var children = all.ToLookup(e => e.Parent);
        var found = new HashSet<ProcessEntry>();
        var open = new Stack<ProcessEntry>(roots);
        while (open.TryPop(out var next))
        {
            if (!found.Add(next)) continue;
            foreach (var child in children[next.Id]) open.Push(child);
        }

        return found;
    }

    /// <summary>Whether the environment that the process started with holds this text; false where it may not be read.</summary>
    public static bool HasInEnvironment(int id, string text) => Has(id, "environ", text);

    /// <summary>Whether a program's environment reads as empty: it was started with none, or is just being started. False for the kernel's own threads, and where it may not be read.</summary>
    public static bool HasNoEnvironment(int id)
    {
        try
        {
            return Find(id) is { IsAlive: true, Parent: not KernelThreads } && File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/environ")).Length == 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Whether the command line that the process was started with holds this text.</summary>
    public static bool HasOnCommandLine(int id, string text) => Has(id, "cmdline", text);

    /// <summary>Ends the process at once, unless its id belongs to another one by now.</summary>
    public static void Kill(ProcessEntry process)
    {
        if (process.Id > 1 && Find(process.Id) is { } now && now.StartTime == process.StartTime) _ = Kill(process.Id, KillSignal);
    }

    private static bool Has(int id, string file, string text)
    {
        try
        {
            return File.ReadAllBytes(string.Create(CultureInfo.InvariantCulture, $"/proc/{id}/{file}")).AsSpan().IndexOf(Encoding.UTF8.GetBytes(text)) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int id, int signal);
}
