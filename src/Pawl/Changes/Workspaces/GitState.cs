using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Pawl.Changes.Workspaces;

/// <summary>
/// What decides how git behaves in a checkout, as it stands in its <c>.git</c>: settings, hooks, attributes, refs, where objects are borrowed; or in the user's own repository, and then only
/// what makes git run programs. Read as plain files, since whoever runs git there runs what an agent left. Any state of the <c>.git</c> will do.
/// </summary>
internal sealed class GitState
{
    private const int ConfigurationBytes = 256 * 1024;
    private const int ComparedBytes = 64 * 1024;
    private const int EntriesMax = 1000; // in each folder with those below it
    private const int FoldersDeepMax = 16;

    private static readonly Scope Own = new(["HEAD", "packed-refs", "config", "config.worktree", "commondir", "gitdir", "shallow"], ["hooks", "info", "objects/info", "refs", "modules", "worktrees"], "", "its .git");

    // Refs and the like change there while somebody works; what makes git run programs seldom does.
    private static readonly Scope Users = new(["config", "config.worktree", "info/attributes"], ["hooks"], "may have ", "your repository's .git");

    private readonly Dictionary<string, string> _marks = new(StringComparer.Ordinal);
    private IReadOnlyList<GitSetting> _settings = [];
    private string? _broken;
    private bool _isCut;

    private readonly Scope _scope;

    private GitState(Scope scope) => _scope = scope;

    /// <summary>Reads that of a checkout.</summary>
    /// <param name="checkout">Its folder.</param>
    public static GitState Of(string checkout)
    {
        var state = new GitState(Own);
        state.Read(new DirectoryInfo(Path.Combine(checkout, ".git")), new DirectoryInfo(checkout).LinkTarget is null ? null : "replaced its checkout by a symlink");
        return state;
    }

    /// <summary>Reads that of the user's own repository, which others may change as well.</summary>
    /// <param name="directory">The git directory that its worktrees share, without symlinks in its path.</param>
    public static GitState OfUser(string directory)
    {
        var state = new GitState(Users);
        state.Read(new DirectoryInfo(directory), null);
        return state;
    }

    /// <summary>What was done to it, each as what somebody did: <c>planted hooks in its .git: pre-commit</c>.</summary>
    /// <param name="before">How it was.</param>
    /// <param name="clean">Makes names harmless.</param>
    public IEnumerable<string> Since(GitState before, Func<string, string> clean)
    {
        if (_broken is not null) return _broken == before._broken ? [] : [_broken];
        var paths = Changed(before);
        var settings = _settings.Except(before._settings).Concat(before._settings.Except(_settings)).DistinctBy(setting => setting.Key, StringComparer.Ordinal).ToLookup(setting => setting.Reaches, setting => setting.Key);
        (string What, IEnumerable<string> Names)[] all =
        [
            ($"{_scope.May}planted hooks in {_scope.Git}", paths.Where(IsHook).Select(path => path == "hooks" ? path : path["hooks/".Length..])),
            ($"{_scope.May}set in {_scope.Git}/config what makes git run programs or reach elsewhere", settings[true]),
            ($"{_scope.May}changed {_scope.Git}/config", settings[false]),
            ($"{_scope.May}changed refs", paths.Where(IsRef)),
            ($"{_scope.May}changed in {_scope.Git}", paths.Where(path => !IsHook(path) && !IsRef(path) && (path != "config" || settings.Count == 0))),
        ];
        return [.. all.Select(each => (each.What, Names: each.Names.ToList())).Where(each => each.Names.Count > 0).Select(each => $"{each.What}: {Words.Some(each.Names, clean)}"), .. TooMany()];
    }

    private static bool IsHook(string path) => path == "hooks" || path.StartsWith("hooks/", StringComparison.Ordinal);

    private static bool IsRef(string path) => path is "HEAD" or "packed-refs" or "refs" || path.StartsWith("refs/", StringComparison.Ordinal);

    private List<string> TooMany() => _isCut ? [$"{_scope.May}left too many files in {_scope.Git} for all to be looked at"] : [];

    // Where not all was looked at, nothing can be told to be gone.
    private List<string> Changed(GitState before) =>
    [
        .. _marks.Where(mark => before._marks.GetValueOrDefault(mark.Key) != mark.Value).Select(mark => mark.Key)
            .Concat(_isCut ? [] : before._marks.Keys.Where(path => !_marks.ContainsKey(path)))
            .Order(StringComparer.Ordinal),
    ];

    private void Read(DirectoryInfo directory, string? broken)
    {
        try
        {
            if (broken is not null) _broken = broken;
            else if (directory.LinkTarget is not null) _broken = $"{_scope.May}replaced {_scope.Git} by a symlink";
            else if (directory.Exists) Read(directory.FullName);
            else _broken = Path.Exists(directory.FullName) ? $"{_scope.May}replaced {_scope.Git} by what is no folder" : $"{_scope.May}removed {_scope.Git}";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _broken = $"{_scope.May}left {_scope.Git} so that it cannot be read";
        }
    }

    private void Read(string root)
    {
        foreach (var file in _scope.Files.Where(file => Path.Exists(Path.Join(root, file)) || new FileInfo(Path.Join(root, file)).LinkTarget is not null)) Mark(new FileInfo(Path.Join(root, file)), file);
        var objects = new DirectoryInfo(Path.Join(root, "objects"));
        if (objects.LinkTarget is not null) Mark(objects, "objects");
        foreach (var folder in _scope.Folders.Where(folder => objects.LinkTarget is null || !folder.StartsWith("objects/", StringComparison.Ordinal))) Walk(root, folder);
        if (LeftFile.Read(Path.Join(root, "config"), ConfigurationBytes) is { } text) _settings = GitSetting.In(Encoding.UTF8.GetString(text));
    }

    private void Walk(string root, string top)
    {
        var left = EntriesMax;
        var ahead = new Stack<string>([top]);
        while (ahead.TryPop(out var folder))
        {
            var info = new DirectoryInfo(Path.Join(root, folder));
            if (info.LinkTarget is not null || !info.Exists)
            {
                if (info.LinkTarget is not null || Path.Exists(info.FullName)) Mark(info, folder);
                continue;
            }

            foreach (var entry in Entries(info, folder))
            {
                var path = $"{folder}/{entry.Name}";
                if (left-- == 0 || path.Count(c => c == '/') > FoldersDeepMax)
                {
                    _isCut = true;
                    return;
                }

                if (entry is DirectoryInfo { LinkTarget: null }) ahead.Push(path);
                else if (IsCompared(path)) Mark(entry, path);
            }
        }
    }

    private List<FileSystemInfo> Entries(DirectoryInfo folder, string path)
    {
        try
        {
            return [.. folder.EnumerateFileSystemInfos("*", new EnumerationOptions { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false }).Take(EntriesMax + 1)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            _marks[path] = "unreadable";
            return [];
        }
    }

    // What git writes beside objects when it tidies up decides nothing.
    private static bool IsCompared(string path) =>
        !path.EndsWith(".sample", StringComparison.Ordinal) && (!path.StartsWith("objects/", StringComparison.Ordinal) || path.EndsWith("alternates", StringComparison.Ordinal));

    private void Mark(FileSystemInfo entry, string path) => _marks[path] = entry switch
    {
        { LinkTarget: { } target } => $"link {target}",
        FileInfo file when LeftFile.Read(file.FullName, ComparedBytes) is { } content => string.Create(CultureInfo.InvariantCulture, $"{Length(file)} {Convert.ToHexStringLower(SHA256.HashData(content))}"),
        _ => "empty, special or unreadable",
    };

    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return -1;
        }
    }

    /// <summary>What is looked at, and how it is told.</summary>
    /// <param name="May">Stands before what was done where it may have been somebody else.</param>
    private sealed record Scope(string[] Files, string[] Folders, string May, string Git);
}
