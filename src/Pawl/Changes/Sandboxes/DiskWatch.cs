namespace Pawl.Changes.Sandboxes;

/// <summary>
/// Whether a command fills the disk. Free space is cheap to ask for but shared with everybody, so that the folders are walked only
/// when it fell by the whole budget, and both must speak against the command.
/// </summary>
internal sealed class DiskWatch
{
    private static readonly EnumerationOptions WholeTree = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private readonly List<(string Folder, long FreeAtStart)> _folders;
    private readonly long _bytes;

    public DiskWatch(IEnumerable<string> folders, long bytes)
    {
        _folders = [.. folders.Where(Directory.Exists).Select(f => (f, Free(f)))];
        _bytes = bytes;
    }

    /// <summary>Whether more than the budget was written.</summary>
    public bool IsOver() => _folders.Exists(f => f.FreeAtStart - Free(f.Folder) >= _bytes) && _folders.Sum(f => Size(f.Folder)) >= _bytes;

    private static long Free(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    private static long Size(string folder)
    {
        var sum = 0L;
        try
        {
            foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", WholeTree)) sum += LengthOf(file);
        }
        catch (IOException)
        {
            // The command removes what is being walked; what was seen until then is a lower bound.
        }

        return sum;
    }

    private static long LengthOf(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
