namespace Pawl.Changes.Sandboxes;

/// <summary>The ways in which a command can be contained, the best first.</summary>
public enum SandboxRung
{
    /// <summary>Namespaces and a view of the file system of its own: homes hidden, everything read-only but the tree, no network.</summary>
    Bubblewrap,

    /// <summary>Namespaces for users, processes and the network; files are as open as they are to Pawl itself.</summary>
    Unshare,

    /// <summary>Limits and a session of its own, so that everything that was started can be found and ended; nothing is hidden.</summary>
    ProcessGroup,
}

/// <summary>Which rung of the ladder is good enough.</summary>
public enum SandboxPolicy
{
    /// <summary>Bubblewrap, or the work is refused.</summary>
    Required,

    /// <summary>The best rung that holds on this machine.</summary>
    Best,

    /// <summary>No containment beyond limits: <see cref="SandboxRung.ProcessGroup"/>.</summary>
    None,
}
