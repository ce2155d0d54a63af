/** The parts that every page is made of. */

export { Badge, type Tone } from "./badge";
export { Card, Figure, Figures, Notice, PageHeader } from "./surfaces";
export { ConfirmDialog } from "./confirm-dialog";
export { DataTable, type Column } from "./data-table";
export { Digest, Instant } from "./facts";
export { Tabs, type Tab } from "./tabs";
