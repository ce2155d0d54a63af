import type { JSX } from "preact";

import type { SettingAnswer, SettingsAnswer } from "../../api/schema";
import { getJson } from "../../api/service";
import { replaceQuery, type Route } from "../../app/router";
import { Badge, Card, DataTable, PageHeader } from "../../shell/parts";
import { useResource } from "../../shell/resource";
import { Shown } from "../../shell/states";
import { findSettings, groupSettings, tellDefault, tellLimits, tellOrigin, tellValue } from "./settings";
import "./settings.css";

/** What is set, from where, and what it means; to be read only. */
export default function Page({ route }: { readonly route: Route }): JSX.Element {
  const settings = useResource((signal) => getJson<SettingsAnswer>("/v1/settings", { signal }), []);
  return (
    <>
      <PageHeader title="Settings" lead="What this service was begun with, and where each value came from. They are changed outside, and take effect when it is begun again." />
      <Shown resource={settings} what="settings" lines={8} empty={(answer) => answer.settings.length === 0}>
        {(answer) => <Found settings={answer.settings} route={route} />}
      </Shown>
    </>
  );
}

function Found({ settings, route }: { readonly settings: readonly SettingAnswer[]; readonly route: Route }): JSX.Element {
  const wanted = route.query.get("find") ?? "";
  const onlyChanged = route.query.get("changed") === "1";
  const found = findSettings(settings, wanted, onlyChanged);
  const change = (find: string, changed: boolean): void => {
    replaceQuery(route, { ...(find === "" ? {} : { find }), ...(changed ? { changed: "1" } : {}) });
  };
  return (
    <div class="stack">
      <search class="settings-search">
        <label class="field">
          Find a setting
          <input
            type="search"
            placeholder="name, meaning or value"
            value={wanted}
            onInput={(event) => {
              change(event.currentTarget.value, onlyChanged);
            }}
          />
        </label>
        <label class="settings-changed">
          <input
            type="checkbox"
            checked={onlyChanged}
            onChange={(event) => {
              change(wanted, event.currentTarget.checked);
            }}
          />
          Only those that are not the default
        </label>
        <p class="muted small" role="status">
          {found.length} of {settings.length} settings
        </p>
      </search>
      {found.length === 0 && (
        <div class="empty">
          <p>{wanted === "" ? "Everything is as it comes: no setting was changed." : "No setting fits."}</p>
        </div>
      )}
      {groupSettings(found).map((group) => (
        <Card key={group.title} title={group.title} class="settings-group">
          <GroupTable title={group.title} settings={group.settings} />
        </Card>
      ))}
    </div>
  );
}

function GroupTable({ title, settings }: { readonly title: string; readonly settings: readonly SettingAnswer[] }): JSX.Element {
  return (
    <DataTable
      caption={`Settings: ${title.toLowerCase()}`}
      isCaptionHidden
      rows={settings}
      rowKey={(setting) => setting.name}
      columns={[
        {
          key: "name",
          title: "Setting",
          isRowHeader: true,
          cell: (setting) => (
            <div class="setting-name">
              <code>{setting.name}</code>
              <span class="muted">{setting.meaning}</span>
            </div>
          ),
        },
        { key: "value", title: "Value", cell: (setting) => <Value setting={setting} /> },
        { key: "origin", title: "From", cell: (setting) => <Origin setting={setting} /> },
        { key: "limits", title: "May be", cell: (setting) => <span class="muted setting-limits">{tellLimits(setting)}</span> },
      ]}
    />
  );
}

function Value({ setting }: { readonly setting: SettingAnswer }): JSX.Element {
  return (
    <div class="setting-value">
      <span>{tellValue(setting)}</span>
      {setting.origin !== "default" && <span class="muted small">by default {tellDefault(setting)}</span>}
    </div>
  );
}

function Origin({ setting }: { readonly setting: SettingAnswer }): JSX.Element {
  if (setting.origin === "default") {
    return <span class="muted">{tellOrigin(setting)}</span>;
  }
  return (
    <div class="setting-value">
      <Badge tone="neutral">{tellOrigin(setting)}</Badge>
      {setting.place !== null && <code class="small">{setting.place}</code>}
    </div>
  );
}
