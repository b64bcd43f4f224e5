namespace Pcie.Ui.Watching;

/// <summary>What is known of a program that is watched.</summary>
public enum WatchState
{
    /// <summary>It has not answered yet.</summary>
    Connecting,

    /// <summary>Snapshots come.</summary>
    Live,

    /// <summary>The connection is there, and nothing comes.</summary>
    Silent,

    /// <summary>It is gone, or refuses.</summary>
    Lost,
}
