using System.Formats.Tar;
using System.IO.Enumeration;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// Looks through a worktree for what git would pass over in silence, or would open: pipes, sockets and devices, repositories within
/// the repository, folders that may not be read. Symlinks are not followed.
/// </summary>
internal sealed class WorktreeWalk : FileSystemEnumerator<WorkspaceFault>
{
    private const int TypeFlag = 156; // its place in an archive's header

    private readonly string _root;
    private readonly List<WorkspaceFault> _faults = [];

    private WorktreeWalk(string root)
        : base(root, new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.None, ReturnSpecialDirectories = false, IgnoreInaccessible = false }) => _root = root;

    /// <summary>The faults of the worktree in a folder, by path relative to it.</summary>
    public static IReadOnlyList<WorkspaceFault> Faults(string root)
    {
        using var walk = new WorktreeWalk(root);
        while (walk.MoveNext()) walk._faults.Add(walk.Current);
        return walk._faults;
    }

    protected override bool ShouldRecurseIntoEntry(ref FileSystemEntry entry) =>
        !RefusedName.IsGitDirectory(entry.FileName.ToString()) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint);

    protected override bool ShouldIncludeEntry(ref FileSystemEntry entry)
    {
        if (RefusedName.IsGitDirectory(entry.FileName.ToString())) return !IsOwn(ref entry);
        if (entry.IsDirectory) return !entry.Attributes.HasFlag(FileAttributes.ReparsePoint) && !CanList(entry.ToFullPath());
        return entry.Length == 0 && IsSpecial(entry.ToFullPath());
    }

    protected override WorkspaceFault TransformEntry(ref FileSystemEntry entry)
    {
        var path = Relative(entry.ToFullPath());
        var name = entry.FileName.ToString();
        if (!RefusedName.IsGitDirectory(name) && entry.IsDirectory) return new WorkspaceFault(FaultKind.Unreadable, path, "the folder could not be read");
        if (!RefusedName.IsGitDirectory(name)) return new WorkspaceFault(FaultKind.SpecialFile, path, "a pipe, a socket or a device");
        if (name != ".git") return new WorkspaceFault(FaultKind.RefusedName, path, "a name that stands for .git on some file systems");
        return new WorkspaceFault(FaultKind.NestedRepository, path[..^"/.git".Length], "a repository within the worktree");
    }

    // The enumerator does not say which folder it could not read; each was tried before it.
    protected override bool ContinueOnError(int error) => true;

    // What stands at the top is the agent's own .git, in whatever state it left it.
    private bool IsOwn(ref FileSystemEntry entry) => entry.FileName.SequenceEqual(".git") && entry.Directory.SequenceEqual(_root);

    private string Relative(string path) => path.Length == 0 ? "(nested too deep)" : Path.GetRelativePath(_root, path);

    private static bool CanList(string folder)
    {
        try
        {
            using var entries = Directory.EnumerateFileSystemEntries(folder).GetEnumerator();
            entries.MoveNext();
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (DirectoryNotFoundException)
        {
            return true; // deleted meanwhile
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            return false; // nested too deep to have a path
        }
    }

    // .NET tells the kinds of file apart in one place only, where it writes archives; nothing but an empty regular file is opened for it.
    private static bool IsSpecial(string path)
    {
        try
        {
            using var archive = new MemoryStream();
            using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true)) writer.WriteEntry(path, "x");
            return archive.GetBuffer()[TypeFlag] is (byte)TarEntryType.Fifo or (byte)TarEntryType.CharacterDevice or (byte)TarEntryType.BlockDevice;
        }
        catch (FileNotFoundException)
        {
            return false; // deleted meanwhile
        }
        catch (IOException)
        {
            return true; // a socket, which no archive can hold
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
    }
}
