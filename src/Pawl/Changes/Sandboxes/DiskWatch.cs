using System.IO.Enumeration;

namespace Pawl.Changes.Sandboxes;

/// <summary>
/// Whether a command fills the disk. Free space is cheap to ask for but shared with everybody, so that the command's files are looked for only when it fell by the whole budget, and
/// both must speak against the command: what stands in its folders, and what its processes hold open without a name. Where it keeps its folders from being read, free space decides.
/// </summary>
internal sealed class DiskWatch
{
    private readonly List<(string Folder, long FreeAtStart)> _folders;
    private readonly long _bytes;

    public DiskWatch(IEnumerable<string> folders, long bytes)
    {
        _folders = [.. folders.Where(Directory.Exists).Select(f => (f, Free(f) ?? 0))];
        _bytes = bytes;
    }

    /// <summary>Whether more than the budget was written.</summary>
    /// <param name="processes">The ids of the command's processes.</param>
    public bool IsOver(IEnumerable<int> processes)
    {
        if (!_folders.Exists(f => f.FreeAtStart - Free(f.Folder) >= _bytes)) return false;
        var seen = 0L;
        foreach (var (folder, _) in _folders)
        {
            using var walk = new Walk(folder);
            while (walk.MoveNext()) seen += walk.Current;
            if (walk.IsKeptOut) return true;
        }

        return seen + NamelessFiles.BytesOf(processes) >= _bytes;
    }

    // Null where the command took the folder away.
    private static long? Free(string folder)
    {
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The sizes of all files below a folder. The command may remove what is being walked: then it is a lower bound.</summary>
    private sealed class Walk(string folder) : FileSystemEnumerator<long>(folder, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false })
    {
        private const int NoSuchFile = 2, NoFolder = 20;

        /// <summary>Whether something there cannot be looked into: a folder without rights, or one too deep for a path.</summary>
        public bool IsKeptOut { get; private set; }

        protected override bool ShouldIncludeEntry(ref FileSystemEntry entry) => !entry.IsDirectory;

        protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry)
        {
            if (entry.ToFullPath().Length > 0) return true;
            IsKeptOut = true;
            return false;
        }

        protected override long TransformEntry(ref FileSystemEntry entry) => entry.Length;

        protected override bool ContinueOnError(int error)
        {
            IsKeptOut |= error is not (NoSuchFile or NoFolder);
            return true;
        }
    }
}
