using System.Globalization;

namespace Pawl.Changes.Sandboxes;

/// <summary>
/// The file system that a command sees under bubblewrap: this machine's, read-only, with folders replaced by empty ones and others
/// bound in again. Mounts are made from the outside in, so that the innermost decides.
/// </summary>
internal sealed class BubblewrapView
{
    private enum Kind
    {
        EmptyReadOnly,
        EmptyWritable,
        ReadOnly,
        Writable,
        Masked,
    }

    private readonly SortedDictionary<string, Kind> _mounts = new(StringComparer.Ordinal);
    private readonly long _temporaryBytes;

    private BubblewrapView(long temporaryBytes) => _temporaryBytes = temporaryBytes;

    /// <summary>The place for the command's home: that of the user itself, empty; else a folder below /tmp.</summary>
    public static string HomeInside => HiddenPlaces.Home ?? "/tmp/home";

    /// <summary>The arguments of bubblewrap that make the view of a command whose program is found at the given place.</summary>
    public static IReadOnlyList<string> Arguments(SandboxedCommand command, string program)
    {
        var view = new BubblewrapView(command.Budget.DiskBytes);
        foreach (var folder in HiddenPlaces.Empty()) view._mounts[folder] = Kind.EmptyReadOnly;
        foreach (var folder in HiddenPlaces.EmptyAndWritable()) view._mounts[folder] = Kind.EmptyWritable;
        var replaced = view._mounts.Keys.ToList();
        var hidden = command.Hidden.Concat(HiddenPlaces.Secrets()).Select(RealPath.Of).Distinct(StringComparer.Ordinal).ToList();
        foreach (var place in ToolPlaces.Below(replaced, program).Where(p => !hidden.Exists(h => RealPath.IsWithin(p, h)))) view.Bind(place, Kind.ReadOnly);
        if (command.Network) view.BindResolver(replaced);
        foreach (var place in command.ReadOnly) view.Bind(place, Kind.ReadOnly);
        foreach (var place in command.WritableCaches) view.Bind(place, Kind.Writable);
        foreach (var place in command.Writable) view.Bind(place, Kind.Writable);
        view.Bind(command.WorkingDirectory, Kind.Writable);
        if (command.GitReadOnly) view.Bind(Path.Combine(command.WorkingDirectory, ".git"), Kind.ReadOnly);
        foreach (var place in hidden) view.Hide(place);
        return view.ToArguments();
    }

    private void Bind(string place, Kind kind)
    {
        var real = RealPath.Of(place);
        if (Path.Exists(real)) _mounts[real] = kind;
    }

    // The names of hosts are looked up with files that are often links into /run.
    private void BindResolver(List<string> replaced)
    {
        foreach (var file in new[] { "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/ssl/certs/ca-certificates.crt" }.Select(RealPath.Of))
        {
            if (File.Exists(file) && replaced.Exists(r => RealPath.IsWithin(file, r))) _mounts[file] = Kind.ReadOnly;
        }
    }

    private void Hide(string place)
    {
        // What is replaced by an empty folder has nothing to hide, and a home must stay one that can be written to.
        if (!Path.Exists(place) || (_mounts.TryGetValue(place, out var kind) && kind is Kind.EmptyReadOnly or Kind.EmptyWritable)) return;
        _mounts.Remove(place);
        // Below an empty folder there is nothing to hide, and a mount would only give away its name.
        if (NearestAbove(place) is { } above && _mounts[above] is Kind.EmptyReadOnly or Kind.EmptyWritable && !_mounts.Keys.Any(m => RealPath.IsWithin(m, place))) return;
        _mounts[place] = Directory.Exists(place) ? Kind.EmptyReadOnly : Kind.Masked;
    }

    private string? NearestAbove(string place)
    {
        for (var at = Path.GetDirectoryName(place); at is { Length: > 1 }; at = Path.GetDirectoryName(at))
        {
            if (_mounts.ContainsKey(at)) return at;
        }

        return null;
    }

    private List<string> ToArguments()
    {
        var size = _temporaryBytes.ToString(CultureInfo.InvariantCulture);
        // Root's own id stays root's outside, and the kernel's settings ask for no more than that: they are read-only for themselves.
        List<string> arguments = ["--ro-bind", "/", "/", "--proc", "/proc", "--ro-bind", "/proc/sys", "/proc/sys", "--dev", "/dev", "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm"];
        foreach (var (place, kind) in _mounts.OrderBy(m => m.Key.Count(c => c == '/')))
        {
            arguments.AddRange(kind switch
            {
                Kind.ReadOnly => ["--ro-bind", place, place],
                Kind.Writable => ["--bind", place, place],
                Kind.Masked => ["--ro-bind", "/dev/null", place],
                Kind.EmptyWritable => ["--perms", place == HiddenPlaces.Home ? "0700" : "1777", "--size", size, "--tmpfs", place],
                _ => ["--tmpfs", place],
            });
        }

        if (HiddenPlaces.Home is null) arguments.AddRange(["--dir", HomeInside]);
        foreach (var (place, _) in _mounts.Where(m => m.Value == Kind.EmptyReadOnly)) arguments.AddRange(["--remount-ro", place]);
        arguments.AddRange(["--remount-ro", "/dev"]);
        return arguments;
    }
}
